"""Many trainings: what a sweep does beside its jobs.

job.py       one job: trained, or read back where it finished before
same_data.py the data by their content: what finished on others is not read back
callback.py  what happens when a sweep begins and ends; named in conf/train.yaml
gpus.py      GPUs dealt out to jobs that run at once
study.py     an Optuna study that is gone on with
groups.py    jobs read from their folders, grouped over seeds, ranked
rank.py      the report as steps: report.py the table, picture.py the picture, sweep.csv
"""
