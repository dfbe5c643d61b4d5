/* demo_config.h: the config that `riffle demo` runs, and the output that shows its messages. */
#ifndef RF_CLI_DEMO_CONFIG_H
#define RF_CLI_DEMO_CONFIG_H

#include "stream/config.h"

/* Loads the demo's config for a server at this port. As rf_config_load(); the config views `text`, which must outlive it. */
RF_NODISCARD rf_code rf_demo_config_load(uint16_t port, rf_buffer *text, rf_config **ret_config, rf_error *reterr);

/* One line a message on standard output: topic and value. */
typedef struct rf_demo_screen { rf_buffer lines; } rf_demo_screen;
/* Puts the screen where the config has its output; after rf_config_open(), and freed after the config. */
void rf_demo_screen_attach(rf_demo_screen *screen, rf_config *config);
void rf_demo_screen_done(rf_demo_screen *screen);

#endif
