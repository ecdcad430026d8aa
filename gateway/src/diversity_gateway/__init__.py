"""The gateway of the image-diversity service: public API, catalogue, merge of the views."""
