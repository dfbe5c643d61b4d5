/* read_only.c: a disk that turns read-only while a program has files open on it, which no mount can be told to do.
 *
 * RIFFLE_FAULT_READ_ONLY=FOLDER:SWITCH: as long as the file SWITCH is there, what would change something below FOLDER gets EROFS. */
#include "plan.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct read_only {
    char folder[256]; /* "": there is none */
    char switched[256];
} read_only;

__attribute__((constructor)) static void begin(void) {
    const char *said = getenv("RIFFLE_FAULT_READ_ONLY"), *colon = said ? strrchr(said, ':') : NULL;
    if (!colon)
        return;
    (void)snprintf(read_only.folder, sizeof read_only.folder, "%.*s", (int)(colon - said), said);
    (void)snprintf(read_only.switched, sizeof read_only.switched, "%s", colon + 1);
    (void)unsetenv("RIFFLE_FAULT_READ_ONLY");
}

bool fault_read_only_path(const char *path) {
    return read_only.folder[0] && strncmp(path, read_only.folder, strlen(read_only.folder)) == 0 &&
           syscall(SYS_faccessat, AT_FDCWD, read_only.switched, F_OK) == 0;
}

bool fault_read_only_fd(int fd) {
    char link[64], path[512];
    if (!read_only.folder[0])
        return false;
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    long len = syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
    path[len > 0 ? len : 0] = '\0';
    return fault_read_only_path(path);
}
