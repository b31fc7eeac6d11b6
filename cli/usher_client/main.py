"""The program `usher`. A prompt that asks for the status is answered before the rest is loaded."""

import sys


def run() -> None:
    from usher_client import status

    if status.main(sys.argv[1:]):
        return
    from usher_client.cli import run as all_of_it

    all_of_it()


if __name__ == "__main__":
    run()
