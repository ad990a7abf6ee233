"""The one error of firing: something before the call could not be had, said with what was tried."""

from cds.errors import CdsError


class CannotFire(CdsError):
    """There is no call to make: the service, the chart or what the hook needs is not there."""

    title = "Cannot fire"
