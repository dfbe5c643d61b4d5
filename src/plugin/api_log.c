/* api_log.c: Log.debug and its like. */
#include "plugin/api_internal.h"

#include <stdio.h>

void rf_api_log_flush(rf_plugin_api *api) {
    const rf_plugin_host *host = rf_api_host(api);
    if (api->log_dropped == 0 || !host->log)
        return;
    char text[120];
    int len = snprintf(text, sizeof text, "%u log lines were left out: more than %u in a second", (unsigned)api->log_dropped,
                       (unsigned)api->quota.log_lines_per_second);
    api->log_dropped = 0;
    host->log(host->user, rf_api_plugin_name(api), RF_LOG_WARN, (rf_slice){ text, len > 0 ? (size_t)len : 0 });
}

/* A line over the quota is left out, not refused: a plugin that has much to say must not fail for it. */
static rf_code write_line(rf_plugin_api *api, const char *function, rf_log_level level, const rf_pv *args, rf_pv *ret_result,
                          rf_error *reterr) {
    const rf_plugin_host *host = rf_api_host(api);
    rf_slice text;
    rf_api_begin(api);
    if (!host->log)
        return rf_api_missing(function, "log", reterr);
    rf_code code = rf_api_text(api, function, "text", args[0].text, RF_API_LINES, &text, reterr);
    if (code)
        return code;
    rf_api_second(api);
    if (api->log_lines >= api->quota.log_lines_per_second) {
        api->log_dropped++;
        return rf_api_give_unit(ret_result);
    }
    if (api->log_lines++ == 0)
        rf_api_log_flush(api);
    host->log(host->user, rf_api_plugin_name(api), level, text);
    return rf_api_give_unit(ret_result);
}

RF_API_CALL(rf_api_log_debug) { return write_line(api, "Log.debug", RF_LOG_DEBUG, args, ret_result, reterr); }
RF_API_CALL(rf_api_log_error) { return write_line(api, "Log.error", RF_LOG_ERROR, args, ret_result, reterr); }
RF_API_CALL(rf_api_log_info) { return write_line(api, "Log.info", RF_LOG_INFO, args, ret_result, reterr); }
RF_API_CALL(rf_api_log_warn) { return write_line(api, "Log.warn", RF_LOG_WARN, args, ret_result, reterr); }
