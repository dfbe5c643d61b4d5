/* plan.h: which call is to fail, and how; what the wrapped calls ask. */
#ifndef RF_FAULTS_PLAN_H
#define RF_FAULTS_PLAN_H

#include <stdbool.h>

/* Kinds of calls, counted apart. The names are those of RIFFLE_FAULT and of the file of counts. */
#define FAULT_KINDS(X)                                                                                                             \
    X(socket) X(connect) X(accept) X(bind) X(listen) X(shutdown) X(sockopt) X(sockname) X(addrinfo) X(recv) X(send) X(read) X(write) \
    X(wake) X(poll) X(epoll) X(open) X(close) X(sync) X(rename) X(unlink) X(mkdir) X(truncate) X(stat) X(seek) X(fcntl) X(ioctl) X(pipe)   \
    X(event) X(spawn) X(wait) X(thread) X(sleep) X(directory) X(library) X(wall) X(mono)
#define FAULT_ENUM(name) FAULT_##name,
typedef enum fault_kind { FAULT_KINDS(FAULT_ENUM) FAULT_KIND_COUNT } fault_kind;

/* How a call fails, beside with an errno (above zero). */
enum { FAULT_NONE = 0, FAULT_SHORT = -1, FAULT_ZERO = -2, FAULT_LATE = -3, FAULT_BACK = -4, FAULT_FORTH = -5 };

/* Counts a call; FAULT_NONE: it is to go through. FAULT_LATE has waited already. */
int fault_next(fault_kind kind);

/* Whether this stands in a folder that may not be written to now (RIFFLE_FAULT_READ_ONLY). */
bool fault_read_only_path(const char *path);
bool fault_read_only_fd(int fd);

/* The function that ours stands before. */
void *fault_real(const char *name);

#endif
