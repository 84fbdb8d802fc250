"""The model files that come with softfocus; see NOTICE beside them."""
