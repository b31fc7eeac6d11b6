"""What Terraform starts."""

import tf.provider
from tf.runner import run_provider

from usher_provider.provider import UsherProvider
from usher_provider.servicer import Servicer


def run() -> None:
    tf.provider.ProviderServicer = Servicer  # which the library starts
    run_provider(UsherProvider())


if __name__ == "__main__":
    run()
