/* url.h: the address of a broker. */
#ifndef RF_COMPONENTS_MQTT_URL_H
#define RF_COMPONENTS_MQTT_URL_H

#include "components/mqtt/conf.h"

/*
 * tcp://, mqtt:// (port 1883) or ssl://, tls://, mqtts:// (8883), a host, [an address of IPv6], a port. `user:password@` before the
 * host is given back in *ret_user and *ret_password (data NULL: not there), as written.
 * Errors: RF_ECONFIG with a hint, RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_mqtt_url_parse(rf_arena *arena, rf_slice text, rf_mqtt_url *ret_url, rf_slice *ret_user, rf_slice *ret_password,
                                       rf_error *reterr);

#endif
