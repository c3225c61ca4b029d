"""The reading of comics by helper processes, for what works on files that anybody may have made."""
