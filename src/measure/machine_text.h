/* machine_text.h: the parts of a machine's description that come out of texts. */
#ifndef RF_MEASURE_MACHINE_TEXT_H
#define RF_MEASURE_MACHINE_TEXT_H

#include "measure/machine.h"

/* The processor's name out of /proc/cpuinfo: x86's "model name", Arm's implementer and part; "unknown" for others. */
void rf_machine_processor(rf_slice cpuinfo, char *out, size_t room);
/* The name of a hypervisor by the 12 bytes that it answers to CPUID (leaf 0x40000000). */
const char *rf_machine_hypervisor_name(const char signature[12]);
/* Of what is set already. */
void rf_machine_fingerprint(rf_machine *machine);

#endif
