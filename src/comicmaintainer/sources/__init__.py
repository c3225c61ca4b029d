"""Those who know comics online: how they are asked, how often, and what they answered.

Nothing here makes a request unless the user has switched the source on.
"""
