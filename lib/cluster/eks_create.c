/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/eks_create.h"

#include <string.h>

#include "base/encode.h"
#include "cloud/arguments.h"
#include "cloud/aws_arn.h"
#include "cluster/eks_wire.h"

static const char *
option(const evc_eks_create *of, const char *name)
{
    return evc_cluster_change_text(of->change, name);
}

static int
check_role(const char *role, evc_error **err)
{
    evc_aws_principal who;
    char shown[EVC_SHOWN];

    if (role && evc_aws_principal_parse(evc_view_text(role), &who) &&
        evc_view_starts_with(who.name, "role/"))
        return 0;
    evc_encode_shown(evc_view_text(role), shown);
    return evc_err(
        err, ENVCRYPT_E_ARGUMENT,
        "the cluster needs the role that EKS acts as, and \"%s\" is none; give "
        "role-arn as arn:aws:iam::ACCOUNT:role/NAME",
        shown);
}

/* EKS wants two of them in different zones, which only it knows. */
static int
check_subnets(const char *subnets, evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(evc_view_text(subnets));
    char shown[EVC_SHOWN];
    evc_view each;
    size_t count = 0;

    for (; evc_arguments_next(&c, &each); count++) {
        if (evc_view_starts_with(each, "subnet-"))
            continue;
        evc_encode_shown(each, shown);
        return evc_err(
            err, ENVCRYPT_E_ARGUMENT,
            "\"%s\" is no id of a subnet; subnets is a list of them with commas, "
            "each subnet-…",
            shown);
    }
    if (count >= 2)
        return 0;
    return evc_err(
        err, ENVCRYPT_E_ARGUMENT,
        "the cluster needs subnets in at least two zones; give subnets as a list "
        "of their ids with commas");
}

int
evc_eks_create_check(const evc_eks_create *of, evc_error **err)
{
    int rc = check_role(option(of, "role-arn"), err);

    return rc ? rc : check_subnets(option(of, "subnets"), err);
}

static void
put_list(evc_jwrite *w, const char *name, const char *list)
{
    evc_cursor c = evc_cursor_of_view(evc_view_text(list));
    evc_view each;

    if (!list)
        return;
    evc_jwrite_name(w, name);
    evc_jwrite_array(w);
    while (evc_arguments_next(&c, &each))
        evc_jwrite_view(w, each);
    evc_jwrite_end(w);
}

static void
put_answer(evc_jwrite *w, const char *name, const char *answer)
{
    if (answer)
        evc_jwrite_member_bool(w, name, strcmp(answer, "yes") == 0);
}

int
evc_eks_create_write(const void *what, evc_jwrite *w, evc_error **err)
{
    const evc_eks_create *of = what;

    (void)err;
    evc_jwrite_member_text(w, "name", of->name);
    if (option(of, "kubernetes-version"))
        evc_jwrite_member_text(w, "version", option(of, "kubernetes-version"));
    evc_jwrite_member_text(w, "roleArn", option(of, "role-arn"));
    evc_jwrite_name(w, "resourcesVpcConfig");
    evc_jwrite_object(w);
    put_list(w, "subnetIds", option(of, "subnets"));
    put_list(w, "securityGroupIds", option(of, "security-groups"));
    put_answer(w, "endpointPublicAccess", option(of, "public-access"));
    put_answer(w, "endpointPrivateAccess", option(of, "private-access"));
    put_list(w, "publicAccessCidrs", option(of, "public-access-cidrs"));
    evc_jwrite_end(w);
    evc_eks_write_config(w, of->key);
    evc_jwrite_member_text(w, "clientRequestToken", of->token);
    return 0;
}
