"""tasks.py: the tasks of the Fusabi benchmark in Python. A line a task: name, nanoseconds of CPU (median of five)."""
import functools
import time


def task(name, times, work):
    work()
    taken = []
    for _ in range(5):
        start = time.process_time_ns()
        for _ in range(times):
            work()
        taken.append((time.process_time_ns() - start) / times)
    print(name, f"{sorted(taken)[2]:.1f}")


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def list10k():
    tripled = map(lambda x: x * 3, list(range(10000)))
    return functools.reduce(lambda a, b: a if a > b else b, filter(lambda x: x // 2 * 2 == x, tripled), 0)


def strbuild5k():
    box = [""]
    for _ in range(5000):
        box[0] = box[0] + "x"
    return len(box[0])


STEP = 1
VARIANTS = [("A", 1), ("B", 2), ("C",)]


def add(x):
    return x + STEP


def call100k():
    total = 0
    for _ in range(100000):
        total = add(total)
    return total


def pick(v):
    if v[0] == "A":
        return v[1] + 1
    if v[0] == "B":
        return v[1] + 2
    return 3


def match100k():
    total = 0
    for i in range(100000):
        total += pick(VARIANTS[i % 3])
    return total


def native100k():
    text, total = "hello", 0
    for _ in range(100000):
        total += len(text)
    return total


def countdown1m():
    n = 1000000
    while n:
        n -= 1
    return n


task("fib25", 1, lambda: fib(25))
task("fib30", 1, lambda: fib(30))
task("list10k", 10, list10k)
task("strbuild5k", 10, strbuild5k)
task("call100k", 5, call100k)
task("match100k", 5, match100k)
task("native100k", 5, native100k)
task("countdown1m", 2, countdown1m)
