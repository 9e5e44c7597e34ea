"""A program's window as a screen reader has it: the tree that at-spi2-core's bus shows, its roles, names and actions."""

import os
import shutil
import signal

try:
    import dbus
    import dbus.bus
except ImportError:
    dbus = None

from harness import wait_until

LAUNCHERS = ("/usr/libexec/at-spi-bus-launcher", "/usr/lib/at-spi2-core/at-spi-bus-launcher")
ROOT = "/org/a11y/atspi/accessible/root"
BUS = "org.a11y.Bus"
FACE = "org.a11y.atspi."
# What a person can do something with, by its role; each has to say what it is.
CONTROLS = {"push button", "button", "toggle button", "check box", "radio button", "combo box", "text", "entry", "password text",
            "spin button", "slider", "list", "list box", "table", "tree", "tree table", "tree item", "list item", "table cell",
            "page tab", "menu item", "menu", "check menu item", "radio menu item", "link", "terminal", "dialog", "frame", "alert",
            "progress bar"}
STATES = {"checked": 4, "editable": 7, "enabled": 8, "expanded": 10, "focusable": 11, "focused": 12, "selected": 23,
          "sensitive": 24, "showing": 25, "visible": 30}


def launcher():
    return next((path for path in LAUNCHERS if shutil.which(path)), None)


def missing():
    return [] if dbus and launcher() else ["at-spi2-core with python3-dbus"]


def start(home):
    """The accessibility bus of the home's session bus, and the program that keeps it."""
    # Settings that it looks for are there.
    found = home.start(program=[launcher(), "--launch-immediately"], env={"XDG_DATA_DIRS": "/usr/local/share:/usr/share"})
    session = dbus.bus.BusConnection(home.env["DBUS_SESSION_BUS_ADDRESS"])
    session.set_exit_on_disconnect(False)
    wait_until(lambda: session.name_has_owner(BUS), lambda: "the accessibility bus, which said: %r" % bytes(found.err))
    address = session.call_blocking(BUS, "/org/a11y/bus", BUS, "GetAddress", "", ())
    bus = dbus.bus.BusConnection(str(address))
    bus.set_exit_on_disconnect(False)
    session.close()
    return bus, found


def stop(bus):
    """Ends the bus, and with it the programs that keep it."""
    pid = bus.call_blocking("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "GetConnectionUnixProcessID", "s",
                            ("org.freedesktop.DBus",))
    bus.close()
    os.kill(int(pid), signal.SIGTERM)


class Node:
    """One thing in the tree."""

    def __init__(self, bus, name, path):
        self.bus, self.owner, self.path = bus, str(name), str(path)

    def call(self, face, method, signature="", *args):
        return self.bus.call_blocking(self.owner, self.path, FACE + face, method, signature, args)

    def get(self, face, name):
        return self.bus.call_blocking(self.owner, self.path, "org.freedesktop.DBus.Properties", "Get", "ss",
                                      (FACE + face, name))

    @property
    def name(self):
        return str(self.get("Accessible", "Name"))

    @property
    def description(self):
        return str(self.get("Accessible", "Description"))

    @property
    def role(self):
        return str(self.call("Accessible", "GetRoleName"))

    @property
    def states(self):
        low, high = self.call("Accessible", "GetState")
        return {name for name, bit in STATES.items() if (int(low) | int(high) << 32) >> bit & 1}

    @property
    def faces(self):
        return [str(each).removeprefix(FACE) for each in self.call("Accessible", "GetInterfaces")]

    @property
    def text(self):
        return str(self.call("Text", "GetText", "ii", 0, -1))

    @property
    def children(self):
        return [Node(self.bus, name, path) for name, path in self.call("Accessible", "GetChildren") if not path.endswith("/null")]

    def box(self):
        """Left, top, width and height on the screen."""
        return [int(each) for each in self.call("Component", "GetExtents", "u", 0)]

    def actions(self):
        return [str(each[0]) for each in self.call("Action", "GetActions")]

    def do(self, number=0):
        return bool(self.call("Action", "DoAction", "i", number))

    def walk(self, showing=True):
        """(depth, node, role, name, states) of all within, in order. What is gone meanwhile is left out."""
        waiting = [(0, self)]
        while waiting:
            depth, node = waiting.pop()
            try:
                role, name, states = node.role, node.name, node.states
                children = node.children
            except dbus.DBusException:
                continue
            if showing and depth > 1 and "showing" not in states and role not in ("menu", "menu item"):
                continue
            yield depth, node, role, name, states
            waiting += [(depth + 1, child) for child in reversed(children)]

    def find(self, role, name):
        """The one with the role (or one of them) whose name contains this."""
        roles = (role,) if isinstance(role, str) else role
        for _, node, its, called, _ in self.walk():
            if its in roles and name in called:
                return node
        return None

    def printed(self):
        return "\n".join("%s%s %r %s" % ("  " * depth, role, name, " ".join(sorted(states & {"focusable", "focused", "selected"})))
                         for depth, _, role, name, states in self.walk())

    def nameless(self):
        """Controls that say nothing of themselves, by role and place."""
        found = []
        above = {}
        for depth, node, role, name, states in self.walk():
            above[depth] = "%s %r" % (role, name)
            if (role in CONTROLS or "focusable" in states) and not name.strip():
                found.append(" > ".join(above[each] for each in range(depth + 1)))
        return found


def program(bus, name="stepwire"):
    """The program of this name."""
    registry = Node(bus, "org.a11y.atspi.Registry", ROOT)

    def look():
        try:
            return next((each for each in registry.children if each.name == name), None)
        except dbus.DBusException:
            return None
    return wait_until(look, lambda: "%s on the accessibility bus" % name)
