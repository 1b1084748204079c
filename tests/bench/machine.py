"""The machine that programs are compared on, and whether anybody else uses it."""

import os
import platform
import time


def cores():
    return len(os.sched_getaffinity(0))


def _times():
    """Seconds of all cores together since the system started: at work, and in all."""
    with open("/proc/stat", encoding="ascii") as file:
        numbers = [int(word) for word in file.readline().split()[1:9]]
    idle = numbers[3] + numbers[4]  # nothing to do, and waiting for a disk
    return sum(numbers) - idle, sum(numbers)


def busy_cores(seconds):
    """How many cores' worth of work anybody does within the next seconds, this process asleep."""
    work, total = _times()
    time.sleep(seconds)
    work_then, total_then = _times()
    return os.cpu_count() * (work_then - work) / max(1, total_then - total)


def description():
    return {
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load_average": os.getloadavg()[0],
    }


def resident_bytes(process="self", most=False):
    """Memory that a process holds, or the most that it has held."""
    key = "VmHWM:" if most else "VmRSS:"
    with open(f"/proc/{process}/status", encoding="utf-8") as file:
        for line in file:
            if line.startswith(key):
                return int(line.split()[1]) * 1024
    return 0
