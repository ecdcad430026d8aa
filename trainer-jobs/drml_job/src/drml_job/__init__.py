"""The training job of Deep Ranking Model Light: prepare, pretrain, train, evaluate, publish."""
