"""What a network can learn: digits, one an image, or the pages that digits stand on.

task.py           all that differs from task to task, as the training room asks for it
choose.py         from a config to its task
batches.py        the images of every step, made beside the network's steps
digits.py         telling digits apart
digit_batches.py  … the digits of every step, a function of seed and step
augmentation.py   … random changes to digits; views.py: the mean over views of a digit
pages.py          finding all digits on a page
page_batches.py   … the pages of every step, made or taken from those made last, and changed
page_loss.py      … what the network's answer costs
crops.py          telling what stands in a crop: a digit, a printed one, or nothing
crop_batches.py   … the crops of every step, cut out of pages that are made or taken again
crop_pair.py      … both networks together: how much each counts, and how pages are read so
page_pictures.py  … pages with what was found on them
"""
