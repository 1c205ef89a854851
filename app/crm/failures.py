"""How a request to a CRM fails, told by what follows from it."""


class CrmFailed(Exception):
    """A request to a CRM did not do what it was to do. `detail` says why, without anything secret."""

    def __init__(self, detail: str, status_code: int | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status_code = status_code


class Later(CrmFailed):
    """To be tried again (no connection, time-out, 5xx, a conflict): after `seconds`, or by the schedule when None.

    `perhaps_done` is False where it was certainly not carried out.
    """

    def __init__(
        self, detail: str, status_code: int | None = None, *, seconds: float | None = None, perhaps_done: bool = True
    ) -> None:
        super().__init__(detail, status_code)
        self.seconds = seconds
        self.perhaps_done = perhaps_done


class Barred(Later):
    """The CRM takes no requests of this connection for some seconds (429, a daily limit). It was not carried out."""

    def __init__(self, detail: str, status_code: int | None = None, *, seconds: float | None = None) -> None:
        super().__init__(detail, status_code, seconds=seconds, perhaps_done=False)


class Revoked(CrmFailed):
    """The authorisation was taken back: a person has to authorise anew."""


class Gone(CrmFailed):
    """What it is about is not there (404, 410), or was deleted meanwhile."""


class Refused(CrmFailed):
    """The CRM says no for good (400, 403, 422). `answer` is what it said, as JSON where it was JSON."""

    def __init__(self, detail: str, status_code: int | None = None, *, answer: object = None) -> None:
        super().__init__(detail, status_code)
        self.answer = answer
