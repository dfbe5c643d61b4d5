/* listen.h: a listening TCP socket for an address as users write it. */
#ifndef RF_OBSERVE_LISTEN_H
#define RF_OBSERVE_LISTEN_H

#include "riffle/error.h"

#include <stdbool.h>

/* "127.0.0.1:4195", "[::1]:4195" and the like: room for any that rf_listen_open() gives back. */
#define RF_LISTEN_NAME_MAX 80

/*
 * Listens on "HOST:PORT", "[V6]:PORT" or ":PORT" (every interface); port 0 takes a free one. *ret_name is where it listens. `shared`: other
 * programs of the same user may listen there too, if they say so as well; the system deals connections out to them (SO_REUSEPORT).
 *
 * Errors: RF_ECONFIG the text is no address; RF_EIO the host is unknown, or the address cannot be had.
 */
RF_NODISCARD rf_code rf_listen_open(rf_slice address, bool shared, int *ret_fd, char ret_name[RF_LISTEN_NAME_MAX], rf_error *reterr);

#endif
