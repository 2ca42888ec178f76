"""The doctor: looks through pictures before a training and says what is wrong with them.

`examine` looks at every picture once, which takes a while; `diagnose` says at once what that means for a split.
"""
