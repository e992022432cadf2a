"""What whoever runs the bot may see and do over HTTP; every change is in the audit log."""

from bot.sidecar.admin.keys import KEY_ROUTES
from bot.sidecar.admin.process import PROCESS_ROUTES
from bot.sidecar.admin.work import WORK_ROUTES

ADMIN_ROUTES = (*KEY_ROUTES, *PROCESS_ROUTES, *WORK_ROUTES)
