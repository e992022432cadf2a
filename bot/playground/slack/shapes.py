"""Slack's JSON for the things of `model.py`, as the Web API and events show them."""

from dataclasses import dataclass, field

from bot.playground.slack import markup
from bot.playground.slack.model import (
    BOT_ID,
    BOT_USER,
    TEAM_DOMAIN,
    TEAM_ID,
    TEAM_URL,
    Channel,
    File,
    Json,
    Message,
    User,
    View,
    Workspace,
)


@dataclass
class Shapes:
    """Draws the workspace; `address` is where this emulator is reached, for its links."""

    workspace: Workspace
    address: str = field(default="http://127.0.0.1")

    def user(self, user: User, *, with_email: bool) -> Json:
        profile: Json = {
            "real_name": user.real_name,
            "real_name_normalized": user.real_name,
            "display_name": "",  # nobody here has chosen another name than their own
            "display_name_normalized": "",
            "team": user.team_id,
        }
        if with_email and user.email and not user.is_stranger:
            profile["email"] = user.email
        if user.bot_id:
            profile |= {
                "bot_id": user.bot_id,
                "api_app_id": self.workspace.apps[user.bot_id].app_id,
            }
        shape: Json = {
            "id": user.id,
            "team_id": user.team_id,
            "name": user.name,
            "deleted": user.is_deactivated,
            "real_name": user.real_name,
            "tz": user.tz,
            "tz_label": "Greenwich Mean Time",
            "tz_offset": 0,
            "profile": profile,
            "is_bot": user.is_bot,
            "is_app_user": False,
            "updated": 1_760_000_000,
        }
        if user.is_stranger:
            return shape | {"is_stranger": True}
        return shape | {
            "is_admin": user.is_admin,
            "is_owner": user.is_owner,
            "is_primary_owner": user.is_owner,
            "is_restricted": user.is_restricted,
            "is_ultra_restricted": user.is_ultra_restricted,
            "is_email_confirmed": True,
        }

    def channel(self, channel: Channel, *, with_num_members: bool = False) -> Json:
        if channel.is_im:
            other = next(member for member in channel.members if member != BOT_USER)
            return {
                "id": channel.id,
                "created": channel.created,
                "is_im": True,
                "is_org_shared": False,
                "user": other,
                "is_archived": False,
                "is_user_deleted": False,
                "context_team_id": TEAM_ID,
            }
        shape: Json = {
            "id": channel.id,
            "name": channel.name,
            "name_normalized": channel.name,
            "created": channel.created,
            "creator": channel.creator,
            "is_channel": not channel.is_private,
            "is_group": channel.is_private,
            "is_im": False,
            "is_mpim": False,
            "is_private": channel.is_private,
            "is_archived": channel.is_archived,
            "is_general": False,
            "is_shared": channel.is_ext_shared,
            "is_ext_shared": channel.is_ext_shared,
            "is_org_shared": False,
            "is_pending_ext_shared": False,
            "is_member": BOT_USER in channel.members,
            "unlinked": 0,
            "context_team_id": TEAM_ID,
            "topic": {"value": channel.topic, "creator": "", "last_set": 0},
            "purpose": {"value": channel.purpose, "creator": "", "last_set": 0},
            "previous_names": [],
        }
        if with_num_members:
            shape["num_members"] = len(channel.members)
        return shape

    def message(self, message: Message, *, with_metadata: bool = False) -> Json:
        shape: Json = {"type": "message", "text": message.text, "ts": message.ts}
        if message.subtype:
            shape["subtype"] = message.subtype
        shape |= self._author(message)
        blocks = message.blocks
        if message.user and not message.bot_id and not message.subtype:
            blocks = markup.rich_text(message.text)
        if blocks:
            shape["blocks"] = blocks
        if message.previews:
            shape["attachments"] = message.previews
        if message.files:
            shape |= {"files": [self._file_of(each) for each in message.files], "upload": False}
        if message.edited_ts:
            shape["edited"] = {"user": message.edited_by, "ts": message.edited_ts}
        if message.reactions:
            shape["reactions"] = [
                {"name": each.name, "users": list(each.users), "count": len(each.users)}
                for each in message.reactions
            ]
        if message.metadata:
            event_type = {"event_type": message.metadata["event_type"]}
            shape["metadata"] = message.metadata if with_metadata else event_type
        return shape | self._thread(message)

    def file(self, file: File) -> Json:
        url = f"{self.address}/files/{file.id}/{file.name}"
        extension = file.name.rpartition(".")[2].lower() if "." in file.name else "text"
        return {
            "id": file.id,
            "created": file.created,
            "timestamp": file.created,
            "name": file.name,
            "title": file.title,
            **({"alt_txt": file.alt_text} if file.alt_text else {}),
            "mimetype": file.mimetype,
            "filetype": extension,
            "pretty_type": extension.upper(),
            "user": file.user,
            "user_team": TEAM_ID,
            "editable": False,
            "size": file.size,
            "mode": "hosted",
            "is_external": False,
            "external_type": "",
            "is_public": True,
            "public_url_shared": False,
            "display_as_bot": False,
            "username": "",
            "url_private": url,
            "url_private_download": url,
            "permalink": f"{TEAM_URL}files/{file.user}/{file.id}/{file.name}",
            "has_rich_preview": False,
            "file_access": "visible",
        }

    def view(self, view: View) -> Json:
        content = view.content
        root = self.workspace.modals.get(view.user, [view])
        shape: Json = {
            "id": view.id,
            "team_id": TEAM_ID,
            "app_id": self.workspace.apps[BOT_ID].app_id,
            "app_installed_team_id": TEAM_ID,
            "bot_id": BOT_ID,
            "hash": view.hash,
            "previous_view_id": view.previous_id,
            "root_view_id": root[0].root_id if root else view.root_id,
            "state": {"values": view.values},
            "title": {"type": "plain_text", "text": "View Title", "emoji": True},
            "submit": None,
            "close": None,
            "private_metadata": "",
            "callback_id": "",
            "external_id": "",
            "clear_on_close": False,
            "notify_on_close": False,
        }
        return shape | content

    def permalink(self, message: Message) -> str:
        link = f"{TEAM_URL}archives/{message.channel}/p{message.ts.replace('.', '')}"
        if message.is_reply:
            link += f"?thread_ts={message.thread_ts}&cid={message.channel}"
        return link

    def _author(self, message: Message) -> Json:
        if message.bot_id is None:
            user = self.workspace.users.get(message.user or "")
            return {"user": message.user, "team": user.team_id if user else TEAM_ID}
        app = self.workspace.apps[message.bot_id]
        if message.user is None:
            return {"bot_id": message.bot_id, "username": app.name, "app_id": app.app_id}
        profile = {
            "id": app.bot_id,
            "app_id": app.app_id,
            "user_id": app.user_id,
            "name": app.name,
            "deleted": False,
            "updated": 1_760_000_000,
            "team_id": TEAM_ID,
        }
        return {
            "user": message.user,
            "bot_id": message.bot_id,
            "app_id": app.app_id,
            "team": TEAM_ID,
            "bot_profile": profile,
        }

    def _thread(self, message: Message) -> Json:
        if message.is_reply and message.thread_ts:
            root = self.workspace.message(message.channel, message.thread_ts)
            parent = {"parent_user_id": root.user} if root and root.user else {}
            return {"thread_ts": message.thread_ts, **parent}
        if message.to or message.thread_ts is None:
            return {}
        replies = self.workspace.thread(message.channel, message.ts)
        if not replies:
            return {}
        users = list(dict.fromkeys(each.user or each.bot_id for each in replies))
        return {
            "thread_ts": message.ts,
            "reply_count": len(replies),
            "reply_users_count": len(users),
            "latest_reply": replies[-1].ts,
            "reply_users": users[:5],
            "is_locked": False,
            "subscribed": False,
        }

    def _file_of(self, file_id: str) -> Json:
        file = self.workspace.files.get(file_id)
        if file is None:
            return {"id": file_id, "mode": "tombstone"}
        return self.file(file)


def team() -> Json:
    return {"id": TEAM_ID, "domain": TEAM_DOMAIN}
