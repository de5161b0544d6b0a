"""What pictures are drawn with, whatever they show: places, texts, images, legends and outlines."""
