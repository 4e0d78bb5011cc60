/* SPDX-License-Identifier: Apache-2.0 */
/* What the files about IBM Cloud's credentials share: the configuration itself. */
#ifndef EVC_AUTH_IBM_CONFIG_H
#define EVC_AUTH_IBM_CONFIG_H

#include "auth/ibm.h"
#include "auth/ibm_properties.h"
#include "auth/source_order.h"

/* In the order in which they are asked; IBM's SDKs prefer the file. */
enum evc_ibm_source {
    EVC_IBM_FROM_FILE,
    EVC_IBM_FROM_ENVIRONMENT,
    EVC_IBM_FROM_CONTAINER,
    EVC_IBM_FROM_VPC
};

struct evc_ibm_config {
    atomic_size_t refs;
    evc_net *net;
    evc_arena *arena;
    evc_source_order sources;
    evc_ibm_properties file;
    evc_ibm_properties environment;
    evc_secret given_key; /* of the options; then nothing else counts */
    evc_secret api_key;   /* IBMCLOUD_API_KEY */
    evc_ibm_profile wish; /* of the options; goes before what the properties say */
    char *iam_url;        /* of the options, or the private host; NULL */
    evc_link link;
};

#endif
