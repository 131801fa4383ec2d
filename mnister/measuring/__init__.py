"""How good and how fast an exported model is.

run.py        one measuring run of infer.py
evaluate.py   a model on the test digits of a data set, as numbered steps
evaluation.py accuracy, precision, recall, confusion; evaluation_report.py: table and pictures
benchmark.py  latency and throughput by batch size, on each runtime that is there
measurement.py what was timed; benchmark_report.py: table and picture
"""
