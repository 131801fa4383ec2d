"""One training, in this process or in several.

run.py             what a command, a sweep's job and `train()` call: here, or by workers
supervisor.py      the process that starts workers, watches them, and stops all when one is lost
worker_process.py  a worker's process as its supervisor holds it
worker.py          that process itself
write_errors.py    a full disk, explained
"""
