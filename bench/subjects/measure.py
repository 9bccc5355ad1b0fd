"""What each subject in Python does the same: read its task, run a clock, and report in one line of JSON."""

import json
import resource
import sys
import time

SAMPLES = 8


def read_task():
    with open(sys.argv[-1], encoding='utf-8') as file:
        return json.load(file)


def timed(work):
    cpu, start = time.process_time(), time.perf_counter()
    result = work()
    return result, time.perf_counter() - start, time.process_time() - cpu


def report(**measured):
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    measured['peakRssMb'] = used / 1e6 if sys.platform == 'darwin' else used * 1024 / 1e6
    print(json.dumps(measured))


def measure(load_photos, load_texts):
    """Each loader gives a function: of a list of files, an array [files, dimension]; of one text, an array [1, dimension]."""
    task = read_task()
    photos, texts = task['photos'], task['texts']
    if photos:
        def load():
            embed = load_photos(task)
            embed(photos[:1])
            return embed

        embed, load_seconds, _ = timed(load)
        vectors, seconds, cpu_seconds = timed(lambda: embed(photos))
        report(loadSeconds=load_seconds, photos=dict(seconds=seconds, cpuSeconds=cpu_seconds),
               photoVectors=vectors[:SAMPLES].tolist())
    else:
        def load():
            embed = load_texts(task)
            embed('a photo')
            return embed

        embed, load_seconds, _ = timed(load)
        results = [timed(lambda: embed(text)) for text in texts]
        report(loadSeconds=load_seconds, textMs=[seconds * 1000 for _, seconds, _ in results],
               textVectors=[vector[0].tolist() for vector, _, _ in results[:SAMPLES]])
