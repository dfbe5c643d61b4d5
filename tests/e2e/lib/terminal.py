"""A person's terminal: a program in a tmux of its own, typed at and read back."""
import os, re, subprocess

from . import checks


class Terminal:
    """When the program ends, a line says with what status, on what the screen was before."""
    count = 0

    def __init__(self, *words, columns=80, rows=24, env=None, shell=None):
        Terminal.count += 1
        self.name = "riffle-test-%d-%d" % (os.getpid(), Terminal.count)
        self.env = {**(env or os.environ), "LC_ALL": "C.UTF-8", "TERM": "xterm-256color"}
        for variable in ("TMUX", "TMUX_PANE", "RIFFLE_SESSION"):
            self.env.pop(variable, None)
        # Ctrl-C goes to the shell around it, too: without a trap, dash ends with it.
        line = shell or "trap : INT; echo before; %s; echo ended $?; stty -a | grep -o -- '-*echo ' | head -1; exec sleep 1000" % " ".join("'%s'" % word for word in words)
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows), line)
        self.tmux("set", "-g", "status", "off")
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def tmux(self, *words):
        return subprocess.run(["tmux", "-L", self.name, *words], capture_output=True, text=True, timeout=30 * checks.slow, env=self.env).stdout

    def screen(self, styled=False):
        return self.tmux("capture-pane", "-p", *(["-e"] if styled else []))

    def cursor(self):
        return self.tmux("display-message", "-p", "#{cursor_x} #{cursor_y}").strip()

    def keys(self, *names):
        self.tmux("send-keys", *names)

    def type(self, text):
        self.tmux("send-keys", "-l", text)

    def paste(self, text):
        subprocess.run(["tmux", "-L", self.name, "load-buffer", "-"], input=text, text=True, check=True, env=self.env)
        self.tmux("paste-buffer", "-p")

    def resize(self, columns, rows):
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def pid(self):
        """Of the program in the shell."""
        shell = int(self.tmux("display-message", "-p", "#{pane_pid}"))
        with open("/proc/%d/task/%d/children" % (shell, shell)) as file:
            return int(file.read().split()[0])

    def shows(self, name, *patterns, without=(), seconds=10):
        """Waits until the screen has all of them, and none of the others."""
        last = [""]

        def seen():
            last[0] = self.screen()
            return all(re.search(pattern, last[0], re.M) for pattern in patterns) and not any(re.search(p, last[0], re.M) for p in without)
        checks.check(name, checks.wait_for(seen, seconds), (patterns, last[0]))
        return last[0]

    def close(self):
        self.tmux("kill-server")
