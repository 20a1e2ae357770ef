"""The book of one run: what is printed, which bars were held, and the servers that must end with
it."""


class Book:
    def __init__(self):
        self.running, self.lines, self.missed = [], [], []

    def say(self, text=""):
        print(text, flush=True)
        self.lines.append(text)

    def table(self, heads, rows):
        self.say("| " + " | ".join(heads) + " |")
        self.say("|" + "---|" * len(heads))
        for row in rows:
            self.say("| " + " | ".join(row) + " |")
        self.say()

    def bars(self, head, rows):
        self.table([head, "measured", "bar", "held"], rows)

    def miss(self, text):
        self.missed.append(text)

    def bar(self, text, value, limit, form):
        """A row of a table of bars: `value` may be as high as `limit` (None: told only).  One that
        is missed is told again at the end."""
        held = limit is None or value <= limit
        if not held:
            self.miss(f"{text}: {form.format(value)}, bar {form.format(limit)}")
        return [text, form.format(value), "" if limit is None else form.format(limit),
                "" if limit is None else "yes" if held else "**no**"]

    def close(self):
        for text in self.missed:
            self.say(f"* missed: {text}")
        self.say(f"{len(self.missed)} missed." if self.missed else "Every bar was held.")

    def keep(self, server):
        self.running.append(server)
        return server

    def stop(self, server):
        self.running.remove(server)
        server.stop()

    def stop_all(self):
        while self.running:
            self.running.pop().stop()
