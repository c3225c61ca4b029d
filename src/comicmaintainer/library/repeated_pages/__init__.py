"""Pages that are in many comics, such as adverts and credits: finding them, and what is known."""
