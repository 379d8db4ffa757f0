"""Signals at moments that nobody chose: a command ends as it should, and leaves nothing."""
import json
import os
import pty
import random
import re
import signal
import subprocess
import tempfile
import termios
import time

import commands
from machine import PATIENCE, PROGRAM, Inventory, die_with_parent, processes, reap

SIGNALS = ("KILL", "TERM", "HUP", "INT", "INT INT", "STOP CONT")
INTERRUPTED = 130
# Of commands that have nothing to put in order first, as of any program that does nothing about a signal.
PLAIN = {"check", "report", "judge", "export", "floating-ip", "exec (host)", "exec (uml)"}
# No program catches a signal before it runs, in seconds.
STARTING = .05
TRAPS = re.compile(r"Fatal error|Illegal instruction|Segmentation|AddressSanitizer|Traceback|panic")
LONGEST = 60


class Trial:
    def __init__(self, command, saved, terminal):
        self.command, self.terminal = command, terminal
        self.folder = tempfile.TemporaryDirectory()
        commands.prepare(self.folder.name)
        for name, content in saved.items():
            with open(f"{self.folder.name}/{name}", "wb") as file:
                file.write(content)
        self.troubles = []
        self.companion = None
        self.standing = len(processes())

    def start(self):
        """The command in a session of its own, on a terminal or with pipes."""
        command = self.command
        if command.around:
            self.companion = subprocess.Popen([PROGRAM, *command.around], cwd=self.folder.name, stdin=subprocess.DEVNULL,
                                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                              preexec_fn=die_with_parent)
            self.companion.stdout.readline()
        self.before = Inventory(self.folder.name)
        self.output = tempfile.TemporaryFile()
        if self.terminal:
            self.master, slave = pty.openpty()
            self.modes = termios.tcgetattr(slave)
            self.process = subprocess.Popen(command.argv(), cwd=self.folder.name, stdin=slave, stdout=slave, stderr=slave,
                                            start_new_session=True)
            self.slave = slave
            os.set_blocking(self.master, False)
        else:
            self.process = subprocess.Popen(command.argv(), cwd=self.folder.name, stdin=subprocess.DEVNULL,
                                            stdout=subprocess.DEVNULL, stderr=self.output, start_new_session=True)

    def drain(self):
        """What is on the terminal, or it fills up and the command waits."""
        while self.terminal:
            try:
                read = os.read(self.master, 65536)
            except OSError:
                return
            if not read:
                return
            self.output.write(read)

    def wait(self, span):
        deadline = time.monotonic() + span
        while self.process.poll() is None and time.monotonic() < deadline:
            self.drain()
            time.sleep(.005)
        self.drain()
        return self.process.returncode

    def send(self, words):
        for place, name in enumerate(words.split()):
            if place:
                self.wait(random.uniform(.01, 1.5 if name == "CONT" else .2))
            # The command's own, as by a terminal or a service manager.
            if self.process.poll() is None:
                self.process.send_signal(getattr(signal, "SIG" + name))

    def judge(self, words, allowed):
        command, code = self.command, self.process.returncode
        self.output.seek(0)
        text = self.output.read().decode(errors="replace")
        if code is None:
            self.troubles.append("still there")
            self.process.kill()
            self.process.wait()
        elif code not in allowed:
            self.troubles.append(f"exit code {code}: {text[-300:]}")
        if TRAPS.search(text):
            self.troubles.append(f"it said: {text[-500:]}")
        if not self.terminal and len(text.splitlines()) > 40:
            self.troubles.append(f"{len(text.splitlines())} lines on stderr")
        self.judge_files(words)
        if self.terminal:
            self.judge_terminal(words, text)
        names = tuple(f"{self.folder.name}/{name}" for name in command.made)
        for thing in self.before.left(lambda name: name.startswith(names) if names else False):
            self.troubles.append(f"left: {thing}")
        self.before.clear()

    def judge_files(self, words):
        """What is there is whole."""
        for name in self.command.made:
            path = f"{self.folder.name}/{name}"
            if name.endswith(".json") and os.path.exists(path) and os.path.getsize(path) > 0:
                try:
                    with open(path) as file:
                        json.load(file)
                except ValueError as error:
                    self.troubles.append(f"{name} is no JSON: {error}")
            if name == "hosts":
                with open(path) as file:
                    if "localhost" not in file.read():
                        self.troubles.append("hosts has lost what it had")

    def judge_terminal(self, words, text):
        if "KILL" not in words:
            if termios.tcgetattr(self.slave)[:4] != self.modes[:4]:
                self.troubles.append("the terminal's modes are others")
            if text.rfind("\x1b[?25l") > text.rfind("\x1b[?25h"):
                self.troubles.append("the terminal's cursor is hidden")
            if text.rfind("\x1b[?1049h") > text.rfind("\x1b[?1049l"):
                self.troubles.append("the terminal shows its other page")
        os.close(self.slave)
        os.close(self.master)

    def end(self):
        if self.companion:
            self.companion.kill()
            self.companion.wait()
            self.companion.stdout.close()
        self.output.close()
        deadline = time.monotonic() + PATIENCE
        while len(processes()) > self.standing and time.monotonic() < deadline:
            reap()
            time.sleep(.02)
        reap()
        self.folder.cleanup()


def allowed(command, words, moment=STARTING):
    if "KILL" in words:
        return {-signal.SIGKILL, *command.codes}
    if "STOP" in words:
        # Of a run that stood still too few transitions may count.
        return {1, *command.codes, *([INTERRUPTED] if command.endless else [])}
    codes = {0, INTERRUPTED} if command.endless else {*command.codes, *([INTERRUPTED] if words else [])}
    if command.name in PLAIN or moment < STARTING:
        codes |= {-getattr(signal, "SIG" + name) for name in words.split()}
    return codes


def undisturbed(command, saved):
    """How long it takes, and whether it is good when nothing is wrong."""
    trial = Trial(command, saved, terminal=False)
    trial.start()
    begin = time.monotonic()
    trial.wait(2 if command.endless else LONGEST)
    span = time.monotonic() - begin
    if command.endless:
        trial.send("INT")
        trial.wait(LONGEST)
    trial.judge("", allowed(command, ""))
    trial.end()
    return span, trial.troubles


def run(count, seed, kernels, only=None):
    """How many trials went wrong."""
    with tempfile.TemporaryDirectory() as folder:
        saved = commands.save(folder)
    chosen = [c for c in commands.commands(kernels) if only is None or only in c.name]
    spans, bad = {}, 0
    for command in chosen:
        spans[command.name], troubles = undisturbed(command, saved)
        print(f"{command.name:<28} {spans[command.name]:5.1f} s {'; '.join(troubles)}", flush=True)
        bad += bool(troubles)
    chance = random.Random(seed)
    random.seed(seed)
    for number in range(count):
        command = chosen[number % len(chosen)]
        words = chance.choice(SIGNALS)
        moment = chance.uniform(0, spans[command.name])
        terminal = chance.random() < .3
        trial = Trial(command, saved, terminal)
        trial.start()
        trial.wait(moment)
        if trial.process.poll() is None:
            trial.send(words)
            trial.wait(LONGEST if "STOP" in words and not command.endless else PATIENCE)
            if command.endless and trial.process.poll() is None:
                trial.send("INT")
                trial.wait(PATIENCE)
        trial.judge(words, allowed(command, words, moment))
        trial.end()
        if trial.troubles:
            bad += 1
            print(f"#{number} {command.name}, SIG{words.replace(' ', ', SIG')} after {moment:.3f} s"
                  f"{', on a terminal' if terminal else ''}: {'; '.join(trial.troubles)}", flush=True)
    print(f"{count} signals, {len(chosen)} commands, {bad} wrong")
    return bad
