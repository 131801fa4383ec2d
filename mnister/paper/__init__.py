"""What a made page is written on, and how it becomes a picture.

papers.py     paper plain, ruled, squared, printed; wood and cloth beside it
camera.py     a view of it: bent, lit, covered, cut out, blurred, compressed
"""
