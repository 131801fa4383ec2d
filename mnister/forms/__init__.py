"""The forms room: from a picture of a filled-in form to what stands in each of its fields.

run.py        a run of infer.py mode=fields: a first form.yaml is drawn, or forms are read
form_file.py  form.yaml, checked: the template and its fields
boxes.py      the places to write in on an empty form
reader.py     FormReader: the way of one picture
align.py      where a picture shows the template, and whether it does
template.py   the template: its points, its print at several sizes
features.py   points that two pictures have in common
sheets.py     corners of sheets of paper, where a photo is too small for points; edges.py: by sides
agreement.py  how much of the print is where it should be, against chance
fields.py     digits of an aligned page → fields; unread.py: ink in them that is not print
written.py    fields.csv and fields.json
kept.py       pages and the form as a run's journal keeps them
made.py       made forms, empty, filled in and photographed; samples.py those in images/form
"""
