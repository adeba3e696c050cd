"""What a success of each of the notifier's doors changes, as a person reads it under Activity and pages learn it."""

from common.activity.announcing import Announcements, Said

_PUSHES, _TIMES, _CHANNELS = ("pushes",), ("times", "pushes"), ("channels", "pushes")

ANNOUNCEMENTS: Announcements = {
    "POST /notifications/{identifier}/resend": Said("A push is sent again", _PUSHES),
    "POST /test": Said("A test push was sent to every channel", _CHANNELS),
    "POST /dead/{identifier}/replay": Said("An undeliverable entry was put back", _PUSHES),
    "PUT /times": Said("Quiet hours, digests or caps were changed", _TIMES),
    "POST /snoozes": Said("Something was snoozed", _TIMES),
    "DELETE /snoozes/{identifier}": Said("A snooze was ended", _TIMES),
    "POST /held/send": Said("What was held is sent now", _TIMES),
    "POST /channels/preview": None,
    "POST /channels/import": Said("Channels were taken in from a file", _CHANNELS),
    "POST /channels": Said("A channel was added", _CHANNELS),
    "PATCH /channels/{id}": Said("A channel was changed", _CHANNELS),
    "DELETE /channels/{id}": Said("A channel was removed", _CHANNELS),
    "POST /push/subscriptions": Said("A browser takes pushes", _CHANNELS),
    "DELETE /push/subscriptions/{id}": Said("A browser takes no pushes any more", _CHANNELS),
    "POST /channels/{id}/test": Said("A test push was sent to a channel", _CHANNELS),
}
