/* http_path.h: a path with names in it, "/post/{id}", and what a request's path has in their places. */
#ifndef RF_COMPONENTS_HTTP_PATH_H
#define RF_COMPONENTS_HTTP_PATH_H

#include "riffle/error.h"

#include <stdbool.h>

#define RF_HTTP_PATH_NAMES_MAX 16u

/* One place: both are views, of the pattern and of the path. */
typedef struct rf_http_path_param { rf_slice name, value; } rf_http_path_param;

/* What is wrong with a pattern: begins with no slash, braces that do not match, a name twice, too many.
 * Errors: RF_ECONFIG. */
RF_NODISCARD rf_code rf_http_path_check(rf_slice pattern, rf_error *reterr);
/* Whether the path is of that pattern: `{id}` is one segment or a part of one, not empty; `{rest:.*}` all that follows. Fills
 * `ret_params` (room for RF_HTTP_PATH_NAMES_MAX; NULL: not asked for), in any case. */
bool rf_http_path_match(rf_slice pattern, rf_slice path, rf_http_path_param *ret_params, size_t *ret_count);

#endif
