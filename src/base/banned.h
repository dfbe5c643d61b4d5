/* banned.h: functions that do not compile in this tree, and what to use. Forced in by the build. */
#ifndef RF_BASE_BANNED_H
#define RF_BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* It is a macro in <alloca.h>, and a macro cannot be poisoned quietly. */
#undef alloca

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets strtok strtok_r atoi atol atoll atof alloca

#endif
