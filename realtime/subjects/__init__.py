"""Which of the people and things that are seen is the subject: found, followed, chosen, numbered."""
