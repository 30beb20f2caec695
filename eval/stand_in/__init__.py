"""A loopback server in place of a proprietary API, so that both kinds can be compared anywhere.

Its answers say nothing about any vendor's model. What is real is the way to it: the adapter, the
socket, the stream, the counts, the price on the receipt.
"""

from eval.stand_in.serving import STAND_IN_ID, StandIn, stand_in

__all__ = ["STAND_IN_ID", "StandIn", "stand_in"]
