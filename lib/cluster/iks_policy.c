/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/iks_policy.h"

#include "cluster/iks_roles.h"
#include "codec/jwrite.h"

static void
write_attribute(evc_jwrite *w, const char *name, const char *value)
{
    evc_jwrite_object(w);
    evc_jwrite_member_text(w, "name", name);
    evc_jwrite_member_text(w, "value", value);
    evc_jwrite_end(w);
}

/* The roles of either the cluster or the keys, highest of each kind. */
static void
write_roles(evc_jwrite *w, uint32_t needed, bool keys)
{
    static const char general[] = "crn:v1:bluemix:public:iam::::";
    const struct {
        uint32_t role;
        const char *id;
    } ids[] = {
        {keys ? 0 : EVC_IKS_ADMINISTRATOR, "role:Administrator"},
        {keys ? EVC_IKS_KEY_MANAGER : EVC_IKS_CLUSTER_MANAGER, "serviceRole:Manager"},
        {keys ? EVC_IKS_KEY_WRITER : 0, "serviceRole:Writer"},
        {keys ? EVC_IKS_KEY_READER : 0, "serviceRole:Reader"},
    };
    char text[96];
    evc_buf b;

    evc_jwrite_name(w, "roles");
    evc_jwrite_array(w);
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        if (!(needed & ids[i].role))
            continue;
        evc_buf_init_fixed(&b, text, sizeof(text));
        evc_buf_put_format(&b, "%s%s", general, ids[i].id);
        evc_buf_put_u8(&b, 0);
        evc_jwrite_object(w);
        evc_jwrite_member_text(w, "role_id", text);
        evc_jwrite_end(w);
        if (keys)
            break; /* it includes the lower ones */
    }
    evc_jwrite_end(w);
}

static void
write_policy(evc_jwrite *w, const evc_iks_site *site, uint32_t needed, bool keys)
{
    const char *instance = keys ? site->instance : site->cluster;

    evc_jwrite_object(w);
    evc_jwrite_member_text(w, "type", "access");
    evc_jwrite_name(w, "subjects");
    evc_jwrite_array(w);
    evc_jwrite_object(w);
    evc_jwrite_name(w, "attributes");
    evc_jwrite_array(w);
    write_attribute(w, "iam_id", "IAM-ID-OF-THE-CALLER");
    evc_jwrite_end(w);
    evc_jwrite_end(w);
    evc_jwrite_end(w);
    write_roles(w, needed, keys);
    evc_jwrite_name(w, "resources");
    evc_jwrite_array(w);
    evc_jwrite_object(w);
    evc_jwrite_name(w, "attributes");
    evc_jwrite_array(w);
    write_attribute(w, "accountId",
                    site->account && site->account[0] ? site->account : "ACCOUNT");
    write_attribute(w, "serviceName",
                    !keys        ? EVC_IKS_SERVICE
                    : site->hpcs ? EVC_IBM_HPCS
                                 : EVC_IBM_KEY_PROTECT);
    if (instance && instance[0])
        write_attribute(w, "serviceInstance", instance);
    evc_jwrite_end(w);
    evc_jwrite_end(w);
    evc_jwrite_end(w);
    evc_jwrite_end(w);
}

int
evc_iks_policy(const evc_cluster *cluster, const evc_cluster_job *job, evc_buf *out,
               evc_error **err)
{
    static const uint32_t of_cluster = EVC_IKS_ADMINISTRATOR | EVC_IKS_CLUSTER_MANAGER;
    evc_iks_site site = evc_iks_site_of(cluster, job);
    uint32_t needed = evc_iks_roles_needed(job);
    evc_jwrite w;

    evc_jwrite_begin(&w, out, true);
    evc_jwrite_array(&w);
    if (needed & of_cluster)
        write_policy(&w, &site, needed & of_cluster, false);
    if (needed & ~of_cluster)
        write_policy(&w, &site, needed & ~of_cluster, true);
    evc_jwrite_end(&w);
    return evc_jwrite_finish(&w, err);
}
