/**
 * Runs inside python3: executes a configuration with its `c` and writes what it set as JSON to the file descriptor in
 * argv. Works with Python 3.8 and later and needs nothing but the standard library.
 *
 * Values are JSON where they can be; what JSON lacks is an object with the key `$`. A dict is always written as pairs,
 * so that none of its keys can be mistaken for that.
 */
export const PYTHON_EVALUATOR = String.raw`
import sys
# The working directory comes first for -c; a file of the admin's must not pass for a module of the library.
if sys.path and sys.path[0] == "":
    sys.path.pop(0)
import base64, json, os, traceback

OUTPUT = int(sys.argv[1])
PATH = sys.argv[2]
sys.argv = ["jupyterhub"]
START_ENVIRON = dict(os.environ)
CODE_FILES = []
WARNINGS = []


def caller_line():
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename in CODE_FILES:
            return frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back
    return None, None


class Lazy:
    """Stands for a container whose value is not known yet: takes changes, tells nothing."""

    def __init__(self, name):
        self._name = name
        self._changes = []

    def _record(self, op, **what):
        file, line = caller_line()
        self._changes.append(dict(op=op, file=file, line=line, **what))

    def append(self, item):
        self._record("append", items=[item])

    def add(self, item):
        self._record("append", items=[item])

    def extend(self, items):
        self._record("append", items=list(items))

    def prepend(self, items):
        self._record("prepend", items=list(items))

    def insert(self, index, item):
        self._record("insert", index=index, item=item)

    def remove(self, item):
        self._record("remove", items=[item])

    discard = remove

    def update(self, *others, **named):
        for other in others:
            if hasattr(other, "keys"):
                self._record("update", entries={key: other[key] for key in other.keys()})
            else:
                items = list(other)
                pairs = items and all(isinstance(item, tuple) and len(item) == 2 for item in items)
                if pairs:
                    self._record("update", entries=dict(items))
                else:
                    self._record("append", items=items)
        if named:
            self._record("update", entries=named)

    def __setitem__(self, key, value):
        self._record("update", entries={key: value})

    def __delitem__(self, key):
        self._record("remove", items=[key])

    def __ior__(self, other):
        self.update(other)
        return self

    def __iadd__(self, other):
        self.extend(other)
        return self

    def _unreadable(self, *_):
        raise AttributeError(
            self._name + " is not set in this file, so its value cannot be read here; it can be added to."
        )

    __iter__ = __len__ = __getitem__ = __contains__ = _unreadable
    __add__ = __radd__ = __str__ = __int__ = __float__ = _unreadable


class Section(dict):
    """Options of one class. Attributes and items are the same; capitalised names are sections, too."""

    def __init__(self, name, *args):
        dict.__init__(self, *args)
        dict.__setattr__(self, "_name", name)
        dict.__setattr__(self, "_places", {})

    def _make(self, key):
        return Lazy(self._name + "." + key)

    def __missing__(self, key):
        if not isinstance(key, str) or key.startswith("_"):
            raise KeyError(key)
        value = self._make(key)
        dict.__setitem__(self, key, value)
        return value

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setitem__(self, key, value):
        # c.X.y += [...] on an unset option hands the same Lazy back.
        if not isinstance(value, Lazy):
            self._places[key] = caller_line()
        dict.__setitem__(self, key, value)

    def __setattr__(self, name, value):
        self[name] = value

    def __delattr__(self, name):
        try:
            del self[name]
        except KeyError:
            raise AttributeError(name) from None

    def update(self, *others, **named):
        for key, value in dict(*others, **named).items():
            self[key] = value

    def setdefault(self, key, default=None):
        if key not in self:
            self[key] = default
        return self[key]


class Config(Section):
    def __init__(self):
        Section.__init__(self, "c")

    def _make(self, key):
        return Section(key)

    def __setitem__(self, key, value):
        if isinstance(value, dict) and not isinstance(value, Section):
            section = Section(key)
            section.update(value)
            value = section
        dict.__setitem__(self, key, value)

    def merge(self, other):
        for name, section in other.items():
            if not isinstance(section, dict):
                self[name] = section
                continue
            mine = self[name]
            for key, value in section.items():
                place = getattr(section, "_places", {}).get(key)
                if isinstance(value, Lazy):
                    merge_lazy(mine, key, value)
                else:
                    mine[key] = value
                if place is not None:
                    mine._places[key] = place


def merge_lazy(section, key, lazy):
    if not lazy._changes:
        return
    before = section[key]
    if isinstance(before, Lazy):
        before._changes.extend(lazy._changes)
        return
    for change in lazy._changes:
        if change["op"] == "update":
            before.update(change["entries"])
        elif change["op"] == "insert":
            before.insert(change["index"], change["item"])
        elif change["op"] == "remove":
            for item in change["items"]:
                before.pop(item, None) if isinstance(before, dict) else before.remove(item)
        elif isinstance(before, set):
            before.update(change["items"])
        elif change["op"] == "prepend":
            before[:0] = change["items"]
        else:
            before.extend(change["items"])


def run(path):
    config = Config()
    with open(path, "rb") as source:
        code = compile(source.read(), path, "exec")
    CODE_FILES.append(path)

    def load_subconfig(name, path_to=None):
        target = os.path.join(path_to or os.path.dirname(path), name)
        if not os.path.exists(target):
            WARNINGS.append(target + " does not exist; load_subconfig skipped it")
            return
        config.merge(run(os.path.abspath(target)))

    namespace = {
        "__name__": "jupyterhub_config",
        "__file__": path,
        "c": config,
        "get_config": lambda: config,
        "load_subconfig": load_subconfig,
    }
    exec(code, namespace)
    return config


def described(value):
    code = getattr(value, "__code__", None)
    return {"$": "callable", "name": getattr(value, "__qualname__", type(value).__qualname__),
            "line": getattr(code, "co_firstlineno", None)}


def encode(value, depth=0):
    if depth > 60:
        return {"$": "object", "name": "value that contains itself"}
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        number = int(value)
        return number if abs(number) < 2**53 else {"$": "int", "v": str(number)}
    if isinstance(value, float):
        number = float(value)
        return number if number - number == 0 else {"$": "float", "v": repr(number)}
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"$": "bytes", "v": base64.b64encode(bytes(value)).decode("ascii")}
    if isinstance(value, Lazy):
        return {"$": "object", "name": "option that is not set in this file"}
    if isinstance(value, dict):
        return {"$": "dict", "v": [[encode(k, depth + 1), encode(v, depth + 1)] for k, v in value.items()]}
    if isinstance(value, (set, frozenset)):
        return {"$": "set", "v": [encode(item, depth + 1) for item in value]}
    if isinstance(value, tuple):
        return {"$": "tuple", "v": [encode(item, depth + 1) for item in value]}
    if isinstance(value, (list, range)):
        return [encode(item, depth + 1) for item in value]
    if isinstance(value, os.PathLike):
        return encode(os.fspath(value), depth + 1)
    if isinstance(value, type):
        return {"$": "class", "name": value.__module__ + "." + value.__qualname__}
    if callable(value):
        return described(value)
    keys = getattr(value, "keys", None)
    if callable(keys) and hasattr(value, "__getitem__"):
        return encode({key: value[key] for key in keys()}, depth)
    return {"$": "object", "name": type(value).__module__ + "." + type(value).__qualname__}


def encode_change(change):
    encoded = dict(op=change["op"], file=change["file"], line=change["line"])
    if "items" in change:
        encoded["items"] = [encode(item) for item in change["items"]]
    if "item" in change:
        encoded["item"] = encode(change["item"])
        encoded["index"] = change["index"]
    if "entries" in change:
        encoded["entries"] = encode(change["entries"])
    return encoded


def settings(config):
    for name, section in config.items():
        if not isinstance(section, Section):
            yield dict(section=str(name), trait="", changes=[dict(op="assign", value=encode(section), file=None, line=None)])
            continue
        for key, value in section.items():
            if isinstance(value, Lazy):
                changes = [encode_change(change) for change in value._changes]
            elif isinstance(value, Section) and not value:
                continue
            else:
                file, line = section._places.get(key, (None, None))
                changes = [dict(op="assign", value=encode(value), file=file, line=line)]
            if changes:
                yield dict(section=str(name), trait=str(key), changes=changes)


def failure(error):
    frames = traceback.TracebackException.from_exception(error)
    # From the configuration's first line on; what is above is this script.
    first = next((i for i, frame in enumerate(frames.stack) if frame.filename in CODE_FILES or frame.filename == PATH), None)
    frames.stack = traceback.StackSummary.from_list(frames.stack[first:] if first is not None else [])
    return "".join(frames.format())


def main():
    try:
        config = run(PATH)
        document = dict(settings=list(settings(config)))
    except SystemExit as error:
        document = dict(failure="the configuration called exit(" + repr(error.code) + ")")
    except BaseException as error:
        document = dict(failure=failure(error))
    document["files"] = CODE_FILES
    document["warnings"] = WARNINGS
    environ = dict(os.environ)
    document["environ"] = {
        name: environ.get(name)
        for name in set(environ) | set(START_ENVIRON)
        if environ.get(name) != START_ENVIRON.get(name)
    }
    sys.stdout.flush()
    with os.fdopen(OUTPUT, "w", encoding="ascii") as output:
        json.dump(document, output)


main()
`
