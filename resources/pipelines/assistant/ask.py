"""ask.py PROMPT SYSTEM MODEL: becomes the assistant that the user has named, without a shell."""

import os
import sys
import tempfile

PLACES = ("{prompt}", "{system}", "{model}")


def command_of(path):
    try:
        with open(path, encoding="utf-8") as file:
            lines = [line.rstrip("\r\n") for line in file]
    except OSError as error:
        sys.exit("no assistant is named: %s cannot be read (%s), expected a program and its arguments, one a line"
                 % (path, error.strerror))
    lines = [line for line in lines if line and not line.startswith("#")]
    if not lines:
        sys.exit("%s is empty, expected a program and its arguments, one a line" % path)
    return lines


def main():
    values = dict(zip(PLACES, sys.argv[1:4]))
    config = os.environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
    template = command_of(os.path.join(config, "stepwire", "assistant"))
    argv = []
    for word in template:
        # An argument that is nothing but a value nobody gave is left out.
        if word in values and not values[word] and word != "{prompt}":
            continue
        # Each place once and from the template alone: what is asked may hold such words itself.
        argv.append(replaced(word, values))
    if not any("{prompt}" in word for word in template):
        # In a file that has no name, since a question can be longer than a pipe.
        with tempfile.TemporaryFile() as question:
            question.write(values["{prompt}"].encode() + b"\n")
            question.seek(0)
            os.dup2(question.fileno(), 0)
    try:
        os.execvp(argv[0], argv)
    except OSError as error:
        sys.exit("the assistant %s cannot be started: %s" % (argv[0], error.strerror))


def replaced(word, values):
    out = ""
    while word:
        place = next((each for each in PLACES if word.startswith(each)), None)
        if place:
            out += values[place]
            word = word[len(place):]
        else:
            out += word[0]
            word = word[1:]
    return out


main()
