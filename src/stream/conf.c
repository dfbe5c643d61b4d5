/* conf.c: what components ask of a node of the config: its place, its members, and a finding about it. */
#include "stream/conf.h"

#include "base/slice.h"
#include "stream/document.h"

#include <assert.h>

void rf_conf_place(const rf_conf *conf, rf_place *ret_place) {
    assert(conf && ret_place);
    rf_unit_place(conf->unit, conf->at, ret_place);
}

const rf_conf *rf_conf_child(const rf_conf *conf, const char *name) {
    assert(name);
    const rf_pair *pair = conf ? rf_node_pair(conf, rf_slice_of(name)) : NULL;
    return pair ? pair->value : NULL;
}

rf_code rf_conf_report(const rf_conf *conf, const rf_error *error) {
    assert(conf && error);
    if (error->code == RF_ENOMEM)
        return RF_ENOMEM;
    if (error->place.line)
        rf_findings_add(conf->unit->findings, &conf->unit->source, error, false);
    else
        (void)rf_unit_report(conf->unit, conf->at, error, false);
    return error->code;
}

rf_code rf_conf_report_in(const rf_conf *conf, const rf_source *source, const rf_error *error) {
    assert(conf && source && error);
    if (error->code != RF_ENOMEM)
        rf_findings_add(conf->unit->findings, source, error, false);
    return error->code;
}
