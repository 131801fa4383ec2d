"""The serving room: a page to write on, and an API to call.

run.py          one run of mode=serve, from its config to its end
app.py          which path is answered by what; protocol.py: how requests are taken
security.py     hosts, origins, the token; access.py: the access log; metrics.py: Prometheus
answers.py      errors as JSON; bodies.py, limits.py: how large, how many, how long
versions.py     the exported versions that are served, as they come
corrections.py  POST /corrections: digits that somebody set right
read.py         POST /read; workers.py: processes that read; reading.py: what they do
networks.py     the bare network, asked by many at once; tensors.py: numbers → images,
                plain_json.py: those that are written plainly, fast;
                tensorflow_rest.py and open_inference.py: the two protocols for it
static_files.py the page's files in static/: plain HTML, CSS and JavaScript modules
"""
