/* front.c: riffle, the program that users start: runs scripts itself, and leaves all else to riffle-stream beside it. */
#include "cli/find.h"
#include "cli/start.h"

#include "base/buffer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * Two programs, since a script should start in the time that the system needs to start anything at all: the libraries of
 * the stream host (OPC UA with its cryptography, YAML) take longer to load than a short script to run. Whatever a script
 * needs is in this one; it has the commands of table_front.c.
 */
#define HOST "riffle-stream"

/* Where the other program may be, from the folder of this one: beside it (built), or as installed. */
static const char *const places[] = { "/" HOST, "/../libexec/riffle/" HOST };

static bool own_folder(char *ret_path, size_t size) {
    ssize_t len = readlink("/proc/self/exe", ret_path, size - 1);
    if (len <= 0)
        return false;
    ret_path[len] = '\0';
    char *slash = strrchr(ret_path, '/');
    if (!slash)
        return false;
    *slash = '\0';
    return true;
}

/* Becomes the other program; returns only when that cannot be done. */
static int hand_over(char **argv) {
    char folder[4096], path[sizeof folder + 64];
    int error = ENOENT;
    if (own_folder(folder, sizeof folder)) {
        for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
            (void)snprintf(path, sizeof path, "%s%s", folder, places[i]);
            (void)execv(path, argv);
            error = errno != ENOENT ? errno : error;
        }
    }
    return rf_cli_misuse(NULL, "the program " HOST " could not be started from beside %s: %s; install both together", argv[0],
                         strerror(error));
}

int main(int argc, char **argv) {
    const rf_command *command = argc < 2 ? NULL : rf_cli_find(argv[1]);
    return command ? rf_cli_start(command, argc - 1, argv + 1) : hand_over(argv);
}
