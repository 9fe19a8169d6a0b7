"""Ports for servers of tests, where several suites run side by side and each opens many connections."""
import random
import socket

_dice = random.SystemRandom()


def free_port():
    """a free loopback port that no client is given by the system: those begin at 32768"""
    while True:
        port = _dice.randrange(20000, 32768)
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
