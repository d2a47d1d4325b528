"""Reads a database through JupyterHub's own ORM. Arguments: db_url, tokens as JSON. Prints what it found as JSON."""

import json
import sys

from jupyterhub import orm

# Checks the revision as the hub does at its start, and creates what is missing.
db = orm.new_session_factory(sys.argv[1])()
tokens = json.loads(sys.argv[2])


def user_model(user):
    return {
        "admin": user.admin,
        "user_info": user.user_info,
        "created": user.created and user.created.isoformat(),
        "last_activity": user.last_activity and user.last_activity.isoformat(),
        "roles": sorted(role.name for role in user.roles),
        "groups": sorted(group.name for group in user.groups),
        "auth_state": user.encrypted_auth_state and user.encrypted_auth_state.hex(),
        "servers": {
            spawner.name: {
                "display_name": spawner.display_name,
                "started": spawner.started and spawner.started.isoformat(),
                "user_options": spawner.user_options,
                "state": spawner.state and {k: str(v) for k, v in spawner.state.items()},
                "port": spawner.server and spawner.server.port,
                "client": spawner.oauth_client and sorted(spawner.oauth_client.allowed_scopes),
            }
            for spawner in user._orm_spawners
        },
    }


def token_model(token):
    found = orm.APIToken.find(db, token)
    if found is None:
        return None
    owner = found.user or found.service
    return {"owner": owner.name, "scopes": sorted(found.scopes), "note": found.note, "client": found.client_id}


found = {
    "users": {user.name: user_model(user) for user in db.query(orm.User)},
    "tokens": {name: token_model(token) for name, token in tokens.items()},
    "codes": [code.code_challenge for code in db.query(orm.OAuthCode)],
}
# The cascades of the Python side must reach past our tables, too.
if "bob" in found["users"]:
    db.delete(orm.User.find(db, "bob"))
    db.commit()
print(json.dumps(found))
