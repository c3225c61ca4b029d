"""File names within one job and beside other files: who gets which.

The rule is in docs/operations.md: *A name that another file has*, *Names within one job*. A plan
looks at one file and at the disk; this room adds what only the job and the catalogue know.

    page_comparison  whether two comics have the same pages, and so are copies
    taken_names      one file whose name is taken: it is a duplicate, or in conflict
    rivals           other files that should get the same name, according to the catalogue
    name_holders     while a job runs: which item has the name, and whether to wait for it
    set_aside        files under a temporary name for a moment, so that names can be exchanged
    collisions       in a preview: which of the colliding items get their names
    preview          amends the results of a preview to what `collisions` decides
"""
