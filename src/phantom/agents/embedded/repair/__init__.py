"""Program repair by generate and validate: find the suspicious lines, propose edits, run the tests.

Sources: GenProg (Weimer et al. 2009) for the method, Ochiai (Abreu et al. 2006) for the ranking of
lines, QuixBugs (Lin et al. 2017) for what the bugs of small programs look like.
"""
