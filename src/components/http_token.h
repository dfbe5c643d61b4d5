/* http_token.h: the token that the requests of a client carry: signed at the start, or fetched and renewed. */
#ifndef RF_COMPONENTS_HTTP_TOKEN_H
#define RF_COMPONENTS_HTTP_TOKEN_H

#include "components/http_client.h"

/* In connect: signs the token of `jwt`. Errors: RF_EIO, RF_ENOMEM. Under the client's lock. */
RF_NODISCARD rf_code rf_http_token_open(rf_http_client *client, rf_error *reterr);
void rf_http_token_done(rf_http_client *client);
/* Before a request: fetches a token when `oauth2` is on and none is there, or its time is nearly over. Blocks: for one request of the session,
 * whose others go on meanwhile. Errors: RF_EIO there is none to be had; RF_ECLOSED the session was woken; RF_ENOMEM. */
RF_NODISCARD rf_code rf_http_token_ready(rf_http_client *client, rf_http_session *session, rf_error *reterr);
/* The server did not take the token of that serial: the next request fetches another. */
void rf_http_token_refused(rf_http_client *client, uint64_t serial);

#endif
