"""The HTTP shell that every view service stands in; the view itself is a parameter.

A package of its own, in the same distribution as `diversity_contracts`: the gateway and the training jobs
need what processes agree on, and no server or store. What this needs beyond it is the extra `view`.

    main (a service) → assembly → app → view_routes → serving → generation → feed → store
                                ↘ watch → opening ↗          ↘ reading, queries, lanes

How a service takes up a new artifact while it serves: contracts/README.md.
"""
