"""What Terraform starts."""

from tf.runner import run_provider

from usher_provider.provider import UsherProvider


def run() -> None:
    run_provider(UsherProvider())


if __name__ == "__main__":
    run()
