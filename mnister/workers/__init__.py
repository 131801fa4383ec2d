"""What a training in company needs.

group.py      the workers as each of them sees the others: sums, the chief's bytes
telling.py    a worker's word to its supervisor
addresses.py  free addresses of this machine; who answers at others
"""
