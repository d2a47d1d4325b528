"""Fills a database through JupyterHub's own ORM. Arguments: db_url. Prints the tokens it made as JSON."""

import json
import sys
from datetime import datetime, timedelta, timezone

from jupyterhub import orm


def naive(*args):
    return datetime(*args, tzinfo=timezone.utc).replace(tzinfo=None)


db = orm.new_session_factory(sys.argv[1])()
client = orm.OAuthClient(
    identifier="jupyterhub-user-ada", description="Server at /user/ada/", secret="hash", redirect_uri="/cb"
)
client.allowed_scopes = {"b", "a"}
db.add_all([client, orm.OAuthClient(identifier="jupyterhub", description="JupyterHub", secret="", redirect_uri="")])

user_role = orm.Role(name="user", description="everyone", scopes=["self"])
grader = orm.Role(name="grader", scopes=["read:users"], managed_by_auth=True)
ada = orm.User(name="ada", admin=True, user_info={"email": "ada@example.org"}, encrypted_auth_state=b"\x00\xff")
ada.created = naive(2026, 1, 2, 3, 4, 5, 678901)
ada.last_activity = naive(2026, 1, 2, 3, 4, 6)
bob = orm.User(name="bob")
team = orm.Group(name="team", properties={"quota": 1})
service = orm.Service(name="culler", command=["cull"], from_config=True)
db.add_all([user_role, grader, ada, bob, team, service])
ada.roles.append(user_role)
bob.roles.append(user_role)
service.roles.append(grader)
team.roles.append(grader)
team.users.append(ada)
db.commit()

running = orm.Spawner(name="", user=ada, state={"pid": 1, "key": b"\x01\x02"}, user_options={"size": "big"})
running.server = orm.Server(proto="http", ip="127.0.0.1", port=4321, base_url="/user/ada/", cookie_name="c")
running.started = naive(2026, 1, 2, 3, 0, 0)
running.oauth_client = client
stopped = orm.Spawner(name="lab", display_name="My Lab", user=ada)
db.add_all([running, stopped])
db.commit()

tokens = {
    "user": ada.new_api_token(note="from python"),
    "service": service.new_api_token(scopes=["read:users"]),
    "oauth": orm.APIToken.new(user=bob, oauth_client=client, session_id="session", expires_in=3600, scopes=["self"]),
}
db.add(
    orm.Share(
        owner=ada, spawner=stopped, user=bob, scopes=["access:servers!server=ada/lab"], created_at=naive(2026, 1, 1)
    )
)
db.commit()
print(json.dumps(tokens))
