/* read_only.c: a disk that turns read-only while a program has files open on it, which no mount can be told to do.
 *
 * RIFFLE_FAULT_READ_ONLY=SWITCH: as long as the file SWITCH is there, what would change something gets EROFS where the path begins as that
 * file says. A file that was renamed is where it is called now. */
#include "plan.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static char switched[256]; /* "": none */

__attribute__((constructor)) static void begin(void) {
    const char *said = getenv("RIFFLE_FAULT_READ_ONLY");
    (void)snprintf(switched, sizeof switched, "%s", said ? said : "");
    (void)unsetenv("RIFFLE_FAULT_READ_ONLY");
}

bool fault_read_only_path(const char *path) {
    char begins[256];
    if (!switched[0])
        return false;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, switched, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    long len = syscall(SYS_read, fd, begins, sizeof begins);
    (void)syscall(SYS_close, fd);
    return len > 0 && strncmp(path, begins, (size_t)len) == 0;
}

bool fault_read_only_fd(int fd) {
    char link[64], path[512];
    if (!switched[0])
        return false;
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    long len = syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
    path[len > 0 ? len : 0] = '\0';
    return fault_read_only_path(path);
}
